/**
 * The two parts of class-validator that are used, by their own files: its index also loads the validators of phone
 * numbers, addresses and all else, which are more than the rest of an idle worker.
 */
declare module 'class-validator/cjs/decorator/common/ValidateBy.js' {
  export { ValidateBy } from 'class-validator';
}
declare module 'class-validator/cjs/validation/Validator.js' {
  export { Validator } from 'class-validator';
}
declare module 'class-transformer/cjs/decorators/expose.decorator.js' {
  export { Expose } from 'class-transformer';
}
