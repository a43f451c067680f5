import type { ComponentChildren } from "preact";

interface ScrollingProps {
  readonly class: "table-frame" | "code";
  readonly label: string;
  readonly children: ComponentChildren;
}

/** Around what may be larger than its place, such as a table: it scrolls, by the keyboard, too. */
export function Scrolling({ class: name, label, children }: ScrollingProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class={name} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
