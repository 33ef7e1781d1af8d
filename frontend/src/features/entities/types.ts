import type { EntityType } from "@/components/data/value";
import { words } from "@/lib/format";

/** Every type of the api, in the order they are offered: complete by its type. */
const LABELS: Record<EntityType, string> = {
  user: "User",
  role: "Role",
  access_key: "Access key",
  session: "Session",
  service_account: "Service account",
  account: "Account",
  host: "Host",
  address: "Address",
  domain: "Domain",
  url: "URL",
  email: "E-mail",
  process: "Process",
  file: "File",
  file_hash: "File hash",
  certificate: "Certificate",
  container: "Container",
  pod: "Pod",
  workload: "Workload",
  namespace: "Namespace",
  cluster: "Cluster",
  resource: "Resource",
};

export const ENTITY_TYPES = Object.keys(LABELS) as EntityType[];
export const isEntityType = (type: string): type is EntityType => type in LABELS;
/** `access_key` as "Access key". */
export const typeLabel = (type: string): string => (isEntityType(type) ? LABELS[type] : words(type));
