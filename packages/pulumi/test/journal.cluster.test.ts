import { journalName, journalOf } from "../src/kubernetes/journal.ts";
import { ClusterBed } from "./cluster-bed.ts";
import { journalConformance } from "./journal-conformance.ts";

journalConformance("a journal in a ConfigMap", async () => {
  const bed = await ClusterBed.open("journal");
  const name = journalName(bed.app);
  return {
    journal: journalOf(bed.client, bed.app),
    async add(entry, text) {
      const { namespace } = bed;
      const body = await bed.core.readNamespacedConfigMap({ name, namespace });
      await bed.core.replaceNamespacedConfigMap({
        name,
        namespace,
        body: { ...body, data: { ...body.data, [entry]: text } },
      });
    },
    close: () => bed.close(),
  };
});
