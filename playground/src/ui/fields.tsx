/** Labelled controls: what a room's experiment is changed with. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

interface Labelled {
  readonly label: string;
  /** what one writes for it, after its label */
  readonly code?: string | undefined;
  /** under the control */
  readonly hint?: string | undefined;
}

const Label = ({ label, code }: Labelled) =>
  code === undefined ? (
    label
  ) : (
    <>
      {label} <code>{code}</code>
    </>
  );

interface SelectProps<T extends string> extends Labelled {
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onChange: (value: T) => void;
}

export function Select<T extends string>({ label, code, hint, value, options, onChange }: SelectProps<T>) {
  return (
    <label class="field">
      <span class="field-label">
        <Label label={label} code={code} />
      </span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as T)}>
        {options.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
      {hint === undefined ? null : <span class="hint">{hint}</span>}
    </label>
  );
}

interface NumberProps extends Labelled {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** only whole numbers */
  readonly whole?: boolean;
  /** a slider beside the number; `"log"` where the number spans powers of ten */
  readonly slider?: "linear" | "log";
  /** only for screen readers: in tables, whose heads say it */
  readonly hideLabel?: boolean;
  readonly onChange: (value: number) => void;
}

/** Steps of a slider from end to end. */
const notches = 200;

/** A number as short as it can be within what a slider can tell apart. */
const tidy = (value: number, isWhole: boolean) => (isWhole ? Math.round(value) : Number(value.toPrecision(3)));

export function NumberField({
  label,
  code,
  hint,
  value,
  min,
  max,
  whole = false,
  slider,
  hideLabel = false,
  onChange,
}: NumberProps) {
  const id = useId();
  const [typed, setTyped] = useState<string>();
  const parse = (text: string): number | undefined => {
    const number = text.trim() === "" ? Number.NaN : Number(text);
    return number >= min && number <= max && (!whole || Number.isInteger(number)) ? number : undefined;
  };
  const wrong = typed !== undefined && parse(typed) === undefined;
  const isLog = slider === "log";
  const floor = isLog && min === 0 ? max * 1e-8 : min;
  const toShare = (n: number) =>
    isLog ? Math.log(Math.max(n, floor) / floor) / Math.log(max / floor) : (n - min) / (max - min);
  const fromShare = (share: number) => {
    if (isLog && share === 0) return min;
    return tidy(isLog ? floor * (max / floor) ** share : min + share * (max - min), whole);
  };
  return (
    <div class="field">
      <label class={hideLabel ? "visually-hidden" : "field-label"} for={id}>
        <Label label={label} code={code} />
      </label>
      <div class="number">
        {slider === undefined ? null : (
          <input
            type="range"
            aria-label={code === undefined ? label : `${label} ${code}`}
            aria-valuetext={String(value)}
            min={0}
            max={notches}
            step={1}
            value={Math.round(toShare(value) * notches)}
            onInput={({ currentTarget }) => onChange(fromShare(Number(currentTarget.value) / notches))}
          />
        )}
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          spellcheck={false}
          aria-invalid={wrong}
          value={typed ?? String(value)}
          onInput={({ currentTarget }) => {
            setTyped(currentTarget.value);
            const number = parse(currentTarget.value);
            if (number !== undefined) onChange(number);
          }}
          onBlur={() => setTyped(undefined)}
        />
      </div>
      {wrong ? (
        <span class="hint wrong" role="alert">
          {min} … {max}
        </span>
      ) : hint === undefined ? null : (
        <span class="hint">{hint}</span>
      )}
    </div>
  );
}

interface CheckProps extends Labelled {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Check({ label, code, hint, checked, onChange }: CheckProps) {
  return (
    <label class="field check">
      <input type="checkbox" checked={checked} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
      <span>
        <Label label={label} code={code} />
      </span>
      {hint === undefined ? null : <span class="hint">{hint}</span>}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onChange: (value: T) => void;
}

/** A few choices side by side: radio buttons that look like one. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{label}</legend>
      {options.map(([each, text]) => (
        <label key={each}>
          <input type="radio" name={name} value={each} checked={each === value} onChange={() => onChange(each)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface PanelProps {
  readonly title: string;
  readonly tools?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A part of a room, with a heading. */
export function Panel({ title, tools, class: more = "", children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${more}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {tools === undefined ? null : <div class="panel-tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}
