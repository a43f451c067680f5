/** A number of bytes in KiB, without the unit. */
export const kibibytes = (bytes) => (bytes / 1024).toFixed(1);
