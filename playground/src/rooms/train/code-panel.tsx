/** The program that does the same, to read, copy and take along. */

import { useSignal } from "@preact/signals";
import { announce } from "../../shell/page.js";
import { Button } from "../../ui/button.js";
import { download } from "../../ui/download.js";
import { Panel } from "../../ui/fields.js";
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
  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(code()).then(
      () => true,
      () => false,
    );
    announce(say(isCopied ? "codeCopied" : "codeNotCopied"));
  };
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
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <section class="code" aria-label="train.mjs" tabIndex={0}>
            <pre>
              <code>{code()}</code>
            </pre>
          </section>
        </>
      ) : null}
    </Panel>
  );
}
