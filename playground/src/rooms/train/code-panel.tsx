/** The program that does the same, to read, copy and take along. */

import { useSignal } from "@preact/signals";
import { copyText } from "../../shell/page.js";
import { Button } from "../../ui/button.js";
import { download } from "../../ui/download.js";
import { Panel } from "../../ui/fields.js";
import { Scrolling } from "../../ui/scrolling.js";
import { codeOf } from "./code.js";
import { train } from "./experiment.js";
import { chosen } from "./own.js";
import { task } from "./session.js";
import { say } from "./words.js";

export function CodePanel() {
  const isOpen = useSignal(false);
  const [now, settings] = [task.value, train.now.value];
  const table = settings.data === "own" ? chosen.value : undefined;
  const code = () => (now === undefined ? "" : codeOf(now, settings, table));
  const copy = () => copyText(code(), say("codeCopied"), say("codeNotCopied"));
  return (
    <Panel
      title={say("code")}
      tools={
        <>
          <Button
            disabled={now === undefined}
            expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            {say(isOpen.value ? "hideCode" : "showCode")}
          </Button>
          <Button
            icon="download"
            disabled={now === undefined}
            onClick={() => download("train.mjs", code(), "text/javascript")}
          >
            train.mjs
          </Button>
        </>
      }
    >
      <p class="hint">{say("codeHint")}</p>
      {isOpen.value && now !== undefined ? (
        <>
          <div>
            <Button icon="link" onClick={copy}>
              {say("copyCode")}
            </Button>
          </div>
          <Scrolling class="code" label="train.mjs">
            <pre>
              <code>{code()}</code>
            </pre>
          </Scrolling>
        </>
      ) : null}
    </Panel>
  );
}
