import type { CloudBinding } from '#trigger';
import { headerValueOf, textOfHeader } from './header-text.ts';

/**
 * CloudEvents in records of Kafka (Kafka protocol binding 1.0.2): attributes are UTF-8 in headers, without any encoding (3.2.3.1), and the
 * content type has the header of its own (3.2.1).
 */
export const kafkaBinding: CloudBinding = {
  prefix: 'ce_',
  contentType: 'content-type',
  typeIsAttribute: false,
  read: textOfHeader,
  write: headerValueOf,
};
