/** A canvas that draws itself anew when a signal that its drawing reads has changed, or its size, or the colours. */

import { effect, signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Palette, prepare, type Surface } from "../canvas/surface.js";
import { palette } from "../shell/theme.js";

interface CanvasProps {
  /** what a screen reader says of it */
  readonly label: string;
  readonly height?: number;
  readonly class?: string;
  readonly draw: (surface: Surface, palette: Palette) => void;
  readonly onPointer?: (event: PointerEvent, place: { readonly x: number; readonly y: number }) => void;
  readonly onWheel?: (event: WheelEvent, place: { readonly x: number; readonly y: number }) => void;
  readonly onKey?: (event: KeyboardEvent) => void;
}

/** Where on the element an event happened, in the page's pixels. */
function placeOf(event: MouseEvent): { x: number; y: number } {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

export function Canvas({ label, height, class: name, draw, onPointer, onWheel, onKey }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  const redraw = useRef<(() => void) | undefined>(undefined);
  latest.current = draw;

  useLayoutEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const size = signal(0);
    redraw.current = () => {
      size.value += 1;
    };
    const stop = effect(() => {
      void size.value;
      const surface = prepare(element);
      const colours = palette.value;
      if (surface !== undefined) latest.current(surface, colours);
    });
    const observer = new ResizeObserver(() => redraw.current?.());
    observer.observe(element);
    return () => {
      observer.disconnect();
      stop();
    };
  }, []);
  // What the drawing closes over may have changed with the view around it.
  useLayoutEffect(() => redraw.current?.());

  const pointer = onPointer === undefined ? undefined : (event: PointerEvent) => onPointer(event, placeOf(event));
  const events = {
    onPointerDown: pointer,
    onPointerMove: pointer,
    onPointerUp: pointer,
    onPointerLeave: pointer,
    onPointerCancel: pointer,
    onWheel: onWheel === undefined ? undefined : (event: WheelEvent) => onWheel(event, placeOf(event)),
    onKeyDown: onKey,
  };
  return (
    <canvas
      ref={canvas}
      class={name}
      role="img"
      aria-label={label}
      style={height === undefined ? undefined : { height: `${height}px` }}
      tabIndex={onKey === undefined ? undefined : 0}
      {...events}
    />
  );
}
