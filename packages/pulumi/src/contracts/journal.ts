import type { JournalReading, JournalRecord } from "@bluegreen/core";

/** The app's list of records, one for each attempt and each run of a migration. */
export interface Journal {
  /** Adds a record. Each has an entry of its own, so none is ever overwritten. */
  keep(record: JournalRecord): Promise<void>;
  /** The last records, newest first; none where there is no journal yet. */
  read(): Promise<JournalReading>;
}
