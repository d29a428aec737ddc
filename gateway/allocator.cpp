// How jemalloc serves the gateway (jemalloc(3), TUNING); part of the program only where jemalloc is
// (docs/decisions/0026). MALLOC_CONF in the environment goes before it.

extern "C" {
// Four arenas: by itself it makes four for each core, and every arena keeps blocks that only it needs again. What is
// free goes back to the system within a second, not ten.
extern const char* malloc_conf;
const char* malloc_conf = "narenas:4,dirty_decay_ms:1000";
}
