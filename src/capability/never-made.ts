import { HostResource } from './host-resource.ts';

/** The class of resources that no guest ever gets here: it is there to be imported. */
export abstract class NeverMade extends HostResource {}
