/** The folder of the installed package, from the compiled sources as from the bundle: both lie two levels below it. */
export const PACKAGE_FOLDER = new URL('../../', import.meta.url);
