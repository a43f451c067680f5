/** What surrounds every room: header, navigation, what the address said wrong, footer. */

import { signal } from "@preact/signals";
import { type ComponentChildren, render } from "preact";
import { useEffect } from "preact/hooks";
import { Button } from "../ui/button.js";
import { Icon } from "../ui/icon.js";
import { Notice } from "../ui/notice.js";
import type { Experiment } from "../url/experiment.js";
import { type Language, language, languages, speak } from "./language.js";
import { expectedOf } from "./problems.js";
import { type Room, rooms } from "./rooms.js";
import { isDark, toggleTheme } from "./theme.js";
import { say } from "./words.js";

interface PageProps {
  /** undefined: the front page */
  readonly room?: Room;
  readonly title: string;
  readonly lead?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the page only shows what was wrong, whatever the experiment is
  readonly experiment?: Experiment<any>;
  /** in the line of the title, at its end */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What was last announced to a screen reader. */
const announced = signal("");

/** Says something to a screen reader without moving its focus. */
export function announce(text: string): void {
  announced.value = text;
}

/** Puts a room into the page, and the site into the browser's store for the next visit without a network. */
export function open(view: ComponentChildren): void {
  render(view, document.getElementById("app") as HTMLElement);
  // Not a mistake of the reader's: pages from files and private windows have none.
  if (import.meta.env.PROD) void navigator.serviceWorker?.register("./service-worker.js").catch(() => {});
}

export function Page({ room, title, lead, experiment, actions, children }: PageProps) {
  const spoken = language.value;
  useEffect(() => {
    document.documentElement.lang = spoken === "zh" ? "zh-Hans" : "en";
    document.title = room === undefined ? `downhill · ${title}` : `${title} · downhill`;
  }, [spoken, room, title]);
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {say("skip")}
      </button>
      <Header room={room} />
      <main id="content" tabIndex={-1}>
        <div class="title-line">
          <div>
            <h1>{title}</h1>
            {lead === undefined ? null : <p class="lead">{lead}</p>}
          </div>
          {experiment === undefined ? null : (
            <div class="actions">
              {actions}
              <Button icon="link" onClick={copyLink}>
                {say("share")}
              </Button>
              <Button icon="undo" onClick={experiment.reset}>
                {say("reset")}
              </Button>
            </div>
          )}
        </div>
        {experiment === undefined ? null : <Problems experiment={experiment} />}
        {children}
      </main>
      <footer>
        <p>{say("footer")}</p>
      </footer>
      <output class="visually-hidden" aria-live="polite">
        {announced}
      </output>
    </>
  );
}

/** No link: the address belongs to the experiment. */
function skip(): void {
  document.getElementById("content")?.focus();
}

async function copyLink(): Promise<void> {
  // What was changed a moment ago is not in the address yet.
  dispatchEvent(new Event("pagehide"));
  await copyText(location.href, say("copied"), say("notCopied"));
}

/** Copies a text, and tells everybody whether that was allowed. */
export async function copyText(text: string, copied: string, notCopied: string): Promise<void> {
  const told = await navigator.clipboard.writeText(text).then(
    () => copied,
    () => notCopied,
  );
  announce(told);
  toast.value = told;
  setTimeout(() => {
    toast.value = "";
  }, 3000);
}

const toast = signal("");

function Header({ room }: { readonly room: Room | undefined }) {
  const query = new URLSearchParams(location.search).has("lang") ? `?lang=${language.value}` : "";
  return (
    <header class="site">
      <a class="brand" href={`./index.html${query}`}>
        <Icon name="brand" />
        <span>
          downhill <span class="quiet">{say("playground")}</span>
        </span>
      </a>
      <nav aria-label={say("rooms")}>
        {rooms.map((each) => (
          <a key={each} href={`./${each}.html${query}`} aria-current={each === room ? "page" : undefined}>
            {say(each)}
          </a>
        ))}
      </nav>
      <div class="site-tools">
        <label class="language">
          <span class="visually-hidden">{say("language")}</span>
          <select
            value={language.value}
            onChange={({ currentTarget }) => speak(currentTarget.value as Language)}
            aria-label={say("language")}
          >
            {Object.entries(languages).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="icon-button"
          aria-pressed={isDark.value}
          aria-label={say("dark")}
          title={say("dark")}
          onClick={toggleTheme}
        >
          <Icon name={isDark.value ? "moon" : "sun"} />
        </button>
      </div>
      {toast.value === "" ? null : <div class="toast">{toast}</div>}
    </header>
  );
}

function Problems({ experiment }: { readonly experiment: Experiment<object> }) {
  const problems = experiment.problems.value;
  if (problems.length === 0) return null;
  return (
    <Notice>
      <div>
        <strong>{say("badLink")}</strong>
        <ul>
          {problems.slice(0, 8).map(({ key, expected, got }) => (
            <li key={key}>{say("badPart", { key, expected: expectedOf(expected), got })}</li>
          ))}
        </ul>
      </div>
      <Button
        onClick={() => {
          experiment.problems.value = [];
        }}
      >
        {say("dismiss")}
      </Button>
    </Notice>
  );
}
