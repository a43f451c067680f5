import { open, Page } from "../../shell/page.js";

open(
  <Page title="playground">
    <p>…</p>
  </Page>,
);
