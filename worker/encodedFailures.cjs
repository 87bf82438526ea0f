// Puts the message and stack of a failure into a payload, where a codec can encrypt them. The SDK loads it by its path, into
// the process and into the bundle of workflows, and takes no ECMAScript module.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
