// Keeps the whole site, so that it opens without a network after the first visit. The build fills in the list and a hash over
// all files: a new build is a new service worker with a store of its own, and the old store goes.
const version = "__VERSION__";
const files = ["__FILES__"];
const prefix = `downhill-${new URL(registration.scope).pathname}-`;
const store = prefix + version;

addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(store);
    await cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
    await skipWaiting();
  };
  event.waitUntil(fill());
});

addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith(prefix) && name !== store).map((name) => caches.delete(name)),
    );
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const answer = async () => {
    const cache = await caches.open(store);
    // A folder's address is its index page's; `?lang=` changes nothing in the file.
    const key = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const kept = await cache.match(key);
    if (kept !== undefined) return kept;
    const response = await fetch(request);
    if (response.ok && response.type === "basic") await cache.put(key, response.clone());
    return response;
  };
  event.respondWith(answer());
});
