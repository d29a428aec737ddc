// The name under which `top -H`, a debugger or a profiler shows the calling thread: at most 15 characters.
#pragma once

#include <pthread.h>

namespace ketenpoort {

inline void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace ketenpoort
