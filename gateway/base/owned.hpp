// Owners of what a C library made and frees by a function of its own: Owned<BIO, BIO_free_all>.
#pragma once

#include <memory>

namespace ketenpoort {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const noexcept {
    release(object);
  }
};

template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

}  // namespace ketenpoort
