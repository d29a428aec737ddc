// How the process deals with memory it needs no more.
#pragma once

namespace ketenpoort {

// Blocks of a megabyte and more go back to the system as soon as they are freed. Left to itself, glibc keeps ever
// larger blocks in its heaps once one of them was freed; batches that come from one thread and go on another then leave
// heaps that are mostly holes, twice as large as what is in use. For main(), before any thread.
void return_large_blocks();

// Nothing of this process is written into a core file from here on, and only root looks into it while it runs
// (prctl(2), PR_SET_DUMPABLE): its memory holds keys and records.
void keep_out_of_core_files();

}  // namespace ketenpoort
