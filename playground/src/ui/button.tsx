import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.js";

interface ButtonProps {
  readonly icon?: IconName;
  /** what it says where only the icon is seen */
  readonly label?: string;
  readonly look?: "plain" | "main" | "quiet";
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => unknown;
  readonly children?: ComponentChildren;
}

export function Button({ icon, label, look = "plain", pressed, expanded, disabled, onClick, children }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${look}${children === undefined ? " bare" : ""}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled ?? false}
      onClick={() => void onClick()}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children === undefined ? null : <span>{children}</span>}
    </button>
  );
}
