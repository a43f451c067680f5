/** What the browser keeps for this site; pages whose storage is blocked do without. */

export function stored(key: string): string | undefined {
  try {
    return localStorage.getItem(`downhill-${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function store(key: string, value: string): void {
  try {
    localStorage.setItem(`downhill-${key}`, value);
  } catch {
    // Then it is forgotten with the page.
  }
}
