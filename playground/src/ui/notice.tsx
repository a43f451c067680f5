import type { ComponentChildren } from "preact";
import { say } from "../shell/words.js";

/** Tells at once what is wrong. */
export function Notice({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="notice" role="alert">
      {children}
    </div>
  );
}

/** What went wrong in a worker, which nothing but a mistake of ours does; nothing where nothing did. */
export function Trouble({ message }: { readonly message: string }) {
  return message === "" ? null : <Notice>{say("workerFailed", { message })}</Notice>;
}
