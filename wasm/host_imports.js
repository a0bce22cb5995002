// Tells Emscripten's linker that the host provides these functions (host.mjs does; no JavaScript is
// generated from this file). Any other undefined symbol stays a link error.
mergeInto(LibraryManager.library, {
  modelexport_host_read: function () {},
  modelexport_host_write: function () {},
  modelexport_host_progress: function () {},
});
