import { createSignal } from "solid-js";
import { insert, render, template } from "solid-js/web";

const [table, tr, td] = ["<table>", "<tr>", "<td>"].map((text) => template(text));

/** As Solid's compiler writes it for the same markup. */
export function panel(root, lanes) {
  const numbers = lanes.map((lane) => lane.map((value) => createSignal(value)));
  const make = (element, content) => {
    const made = element();
    insert(made, content);
    return made;
  };
  const row = (lane) =>
    make(
      tr,
      lane.map(([value]) => make(td, value)),
    );
  render(() => make(table, numbers.map(row)), root);
  return (next) => {
    numbers.forEach((lane, i) => {
      lane.forEach(([, set], j) => {
        set(next[i][j]);
      });
    });
  };
}
