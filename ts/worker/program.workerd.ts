/** Nothing here starts a worker. */
export const program = "";
