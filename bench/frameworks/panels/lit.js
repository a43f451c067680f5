import { html, render } from "lit";

export function panel(root, lanes) {
  const row = (lane) => html`<tr>${lane.map((value) => html`<td>${value}</td>`)}</tr>`;
  const show = (numbers) => render(html`<table>${numbers.map(row)}</table>`, root);
  show(lanes);
  return show;
}
