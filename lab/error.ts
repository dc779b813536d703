/** A failure that a lab person can act on: its message is one plain line. */
export class LabError extends Error {}
