import { flushSync, mount } from "svelte";
import Lanes from "./Lanes.svelte";

export function panel(root, lanes) {
  const lane = mount(Lanes, { target: root, props: { lanes } });
  return (next) => flushSync(() => lane.set(next));
}
