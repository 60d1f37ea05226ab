/** Why a record is not written; the message is the reason, without any value of the record. */
export class RejectedRecord extends Error {
  override name = 'RejectedRecord';
}
