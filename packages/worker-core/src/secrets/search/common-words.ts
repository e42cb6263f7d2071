/**
 * Words and numbers that are frequent in logs and settings. They protect nothing as secrets, because anyone can guess
 * them, and redacting them would make texts unreadable and reveal the secret.
 */
const WORDS = `
abort aborted about access account active address admin administrator after agent alive allow allowed amazon analytics
anonymous anything apache apikey application arn async auth authorization auto available backend backup base base64
basic batch bearer before beta blank block body boolean bucket build cache cancel cancelled center changeme channel
check client cloud cluster code command complete completed config configuration connect connected connecting connection
console container content control cookie core count crashed create created credentials cron current custom daily data
database date debug default delete deleted demo denied deploy deployment description dev develop development disable
disabled docker domain done dummy elastic email embedded empty enable enabled endpoint engine entry environment error
event events example exception execution exit expired failed failure fake false fatal field file files filter
finished flow folder foo foobar format forbidden free from global group guest handler hash header health hello host
hostname hour html http https image images index info input instance integer internal invalid item items java
javascript json kafka kind kubernetes label lambda latest letmein level limit linux list live loading local localhost
location lock logger logging login logs machine main mail manager manual master memory message method metrics minute
missing mode model module mongo monitoring month mysql name namespace network never next nginx nobody node none normal
nothing notfound null number object offline okay online only open operation oracle order organization other output
owner package page params parameter pass passed passwd password path paused pending plain platform pool port postgres
postgresql prefect prepare preprod private proceed process prod production profile progress project prometheus protocol
provider proxy public python qwerty query queue read readonly ready reason redis refused region registry release remote
replica report request required reset resource response restart result retry retrying role root route rule running
sample sandbox schedule scheduled schema scheme scope script search second secret secrets secure security select self
sent server service session setting settings setup shell simple site size skip source stack stage staging standard
start started starting state status step stop stopped stopping storage store stream string submit submitted success
system table task tasks template temp temporary tenant test tester testing tests text this thread time timeout timestamp
title tmp token tools total trace trial true type ubuntu unauthorized undefined unknown update updated upload user
username users utf-8 utf8 valid value values variable version video view volume wait warn warning week welcome with
work worker workers workflow workspace write www year yes yesno
`;

const NUMBERS =
  '0000 1234 1433 1521 2181 2375 2376 2379 3000 3306 4200 4443 5000 5432 5672 6379 6443 8000 8080 8081 8443 8888 9000 9090 9092 9200 27017';

const REGION = /^(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:central|(?:north|south)?(?:east|west)?|north|south)-\d$/;
const YEAR = /^(?:19|20)\d\d$/;
const COMMON: ReadonlySet<string> = new Set(`${WORDS} ${NUMBERS}`.trim().split(/\s+/));

/** The longest common word. */
export const LONGEST_COMMON_WORD = 16;

/** Returns whether a value is a common word or number, ignoring case. */
export function isCommonWord(text: string): boolean {
  if (text.length > LONGEST_COMMON_WORD) return false;
  const lower = text.toLowerCase();
  return COMMON.has(lower) || YEAR.test(lower) || REGION.test(lower);
}
