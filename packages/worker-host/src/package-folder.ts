/**
 * The folder of the installed package, both from the compiled sources and from the bundle, which are two levels below
 * it.
 */
export const PACKAGE_FOLDER = new URL('../../', import.meta.url);
