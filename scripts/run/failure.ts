/** Why a run cannot go on; the message is one line for the person who started it. */
export class Failure extends Error {
  override name = 'Failure';
  readonly status: number;

  /**
   * @param message what is wrong and what to do about it
   * @param status the exit status of the run
   */
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}
