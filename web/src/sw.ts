// Offline after the first visit: the page's own files, under a name that changes with every build.
declare const CACHE: string;
declare const FILES: string[];
const worker = self as unknown as {
  addEventListener: (type: string, listener: (event: Extendable & Fetching) => void) => void;
  skipWaiting: () => Promise<void>;
  clients: { claim: () => Promise<void> };
  location: Location;
};
interface Extendable extends Event { waitUntil: (work: Promise<unknown>) => void }
interface Fetching extends Event { data: unknown;  request: Request; respondWith: (response: Promise<Response>) => void }

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })))));
});

// A page that is open goes on with the files that it began with, until its user wants the new ones.
worker.addEventListener("message", (event) => { if (event.data === "take over") void worker.skipWaiting(); });

worker.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((n) => n.startsWith("modelexport-") && n !== CACHE).map((n) => caches.delete(n))))
    .then(() => worker.clients.claim()));
});

// Only what belongs to the page; a model behind an address is never kept.
worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(event.request, { ignoreSearch: true }))
    .then((known) => known ?? fetch(event.request)));
});
