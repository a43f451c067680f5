/** The reader's own table: chosen or pasted, what of it is learned, and what came out to take home. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Button } from "../../ui/button.js";
import { Check, Panel, Select } from "../../ui/fields.js";
import { Notice } from "../../ui/notice.js";
import { exampleTable } from "./example.js";
import { choose, chosen, own, take, wrong } from "./own.js";
import { tableTrouble } from "./table-words.js";
import { say } from "./words.js";

export function OwnPanel() {
  const pasted = useSignal("");
  const [fileId, pasteId] = [useId(), useId()];
  return (
    <Panel title={say("table")} class="own">
      <div class="own-source">
        <div class="field">
          <label class="field-label" for={fileId}>
            {say("file")}
          </label>
          <input
            id={fileId}
            type="file"
            accept=".csv,.tsv,.txt,text/csv,text/plain"
            onChange={async ({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              if (file !== undefined) await take(file.name, await file.text());
            }}
          />
        </div>
        <Button onClick={() => take("flats.csv", exampleTable())}>{say("example")}</Button>
      </div>
      <details class="more">
        <summary>{say("paste")}</summary>
        <div class="stack">
          <textarea
            id={pasteId}
            aria-label={say("paste")}
            rows={5}
            spellcheck={false}
            value={pasted.value}
            onInput={({ currentTarget }) => {
              pasted.value = currentTarget.value;
            }}
          />
          <div>
            <Button disabled={pasted.value.trim() === ""} onClick={() => take("table.csv", pasted.value)}>
              {say("usePaste")}
            </Button>
          </div>
        </div>
      </details>
      <p class="hint">{say("privacy")}</p>
      {wrong.value === undefined ? null : (
        <Notice>
          <div>
            <strong>{say("wrong")}</strong>
            <p class="what">{tableTrouble(wrong.value)}</p>
          </div>
        </Notice>
      )}
      <Choices />
    </Panel>
  );
}

function Choices() {
  const now = chosen.value;
  if (now === undefined || now.sketch.columns.length < 2) return null;
  const { columns } = now.sketch;
  const { target, features, isClass, missing } = now.choice;
  const isWords = columns.find(({ name }) => name === target)?.isNumber === false;
  return (
    <>
      <div class="fields">
        <Select
          label={say("target")}
          value={target}
          options={columns.map(({ name }) => [name, name])}
          onChange={(name) => {
            const column = columns.find((each) => each.name === name);
            // What was predicted becomes one of those it is predicted from.
            void choose({ target: name, isClass: column?.isNumber === false, features: [...features, target] });
          }}
        />
        <Select
          label={say("missing")}
          value={missing}
          options={[
            ["error", say("missingError")],
            ["drop", say("missingDrop")],
            ["mean", say("missingMean")],
          ]}
          onChange={(policy) => choose({ missing: policy })}
        />
        {isWords ? null : (
          <Check label={say("isClass")} checked={isClass} onChange={(checked) => choose({ isClass: checked })} />
        )}
      </div>
      <fieldset class="features">
        <legend class="field-label">{say("features")}</legend>
        {columns
          .filter(({ name }) => name !== target)
          .map(({ name }) => (
            <Check
              key={name}
              label={name}
              checked={features.includes(name)}
              onChange={(checked) =>
                choose({
                  // In the order of the file, whatever the order of the clicks.
                  features: columns
                    .map((column) => column.name)
                    .filter((each) => (each === name ? checked : features.includes(each))),
                })
              }
            />
          ))}
      </fieldset>
      <Summary file={now.name} />
    </>
  );
}

function Summary({ file }: { readonly file: string }) {
  const found = own.value?.read.table;
  if (found === undefined) return null;
  const [rows, n] = found.x.shape;
  return (
    <p class="hint">
      {say("readRows", { file, rows, n })}
      {found.droppedRows > 0 ? ` ${say("dropped", { n: found.droppedRows })}` : ""}
    </p>
  );
}
