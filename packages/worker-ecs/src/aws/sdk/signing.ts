export { parseXML } from '@aws-sdk/xml-builder';
export { HttpRequest } from '@smithy/core/protocols';
export { SignatureV4 } from '@smithy/signature-v4';
