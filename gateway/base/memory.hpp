// How the process deals with memory it needs no more.
#pragma once

namespace ketenpoort {

// Blocks of a megabyte and more go back to the system as soon as they are freed. Left to itself, glibc keeps ever
// larger blocks in its heaps once one of them was freed; batches that come from one thread and go on another then leave
// heaps that are mostly holes, twice as large as what is in use. For main(), before any thread.
void return_large_blocks();

}  // namespace ketenpoort
