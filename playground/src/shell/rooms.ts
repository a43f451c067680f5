/** The rooms, in the order of the navigation; each is a page of its own. */
export const rooms = ["race", "train", "doctor", "rate"] as const;

export type Room = (typeof rooms)[number];
