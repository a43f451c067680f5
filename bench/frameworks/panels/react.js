import { createElement, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

export function panel(root, lanes) {
  let change;
  const row = (lane, i) =>
    createElement(
      "tr",
      { key: i },
      lane.map((value, j) => createElement("td", { key: j }, value)),
    );
  function Table() {
    const [numbers, set] = useState(lanes);
    change = set;
    return createElement("table", null, createElement("tbody", null, numbers.map(row)));
  }
  const at = createRoot(root);
  flushSync(() => at.render(createElement(Table)));
  return (next) => flushSync(() => change(next));
}
