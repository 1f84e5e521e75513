//! Calls of template functions, with arguments that fit and such that do not.

use crate::support::project::Dice;

/// Functions, each with the kinds of arguments that it likes: `s`tring, `i`nteger, `n`umber, `l`ist, `d`ict, `m`ap of one key, `b`oolean,
/// `a`nything, regular e`x`pression, `j`SON text, `y`AML text, `t`OML text, `t`ime as `T`, duration as `D`, semver `v`,
/// version `c`onstraint, base64 text `6`, `p`ath, `u`RL. A `+` says that the last comes any number of times.
/// Those whose results differ from run to run are left out.
const FUNCTIONS: &str = "\
    abbrev:is abbrevboth:iis add:nn+ add1:n add1f:n addf:nn+ adler32sum:s all:aa+ and:aa+ any:aa+ append:la atoi:s \
    b32dec:s b32enc:s b64dec:6 b64enc:s base:p biggest:nn+ camelcase:s cat:aa+ ceil:n chunk:il clean:p \
    coalesce:aa+ compact:l concat:ll+ contains:ss date:sT dateInZone:sTs dateModify:DT deepCopy:a deepEqual:aa \
    default:aa dict:saa+ dig:sad dir:p div:nn divf:nn+ duration:i durationDays:D durationHours:D \
    durationMicroseconds:D durationMilliseconds:D durationMinutes:D durationNanoseconds:D durationRound:D \
    durationRoundTo:DD durationSeconds:D durationTruncateTo:DD durationWeeks:D empty:a eq:aa ext:p fail:s first:l \
    float64:n floor:n fromJson:j fromJsonArray:j fromToml:t fromYaml:y fromYamlArray:y ge:nn get:ds gt:ii has:al \
    hasKey:ds hasPrefix:ss hasSuffix:ss hello: html:a htmlDate:T htmlDateInZone:Ts include:sa indent:is index:di \
    index:li initial:l initials:s int:n int64:n isAbs:p join:sl js:a kebabcase:s keys:m kindIs:sa kindOf:a last:l \
    le:ss len:l len:s list:aa+ lookup:ssss lower:s lt:ii max:nn+ maxf:nn+ merge:dd+ mergeOverwrite:dd+ min:nn+ \
    minf:nn+ mod:nn mul:nn+ mulf:nn+ mustAppend:la mustChunk:il mustCompact:l mustDateModify:DT mustDeepCopy:a \
    mustFirst:l mustFromJson:j mustHas:al mustInitial:l mustLast:l mustMerge:dd mustMergeOverwrite:dd \
    mustPrepend:la mustRegexFind:xs mustRegexFindAll:xsi mustRegexMatch:xs mustRegexReplaceAll:xss \
    mustRegexReplaceAllLiteral:xss mustRegexSplit:xsi mustRest:l mustReverse:l mustSlice:lii mustToDate:ss \
    mustToDuration:D mustToJson:a mustToPrettyJson:a mustToRawJson:a mustToToml:d mustToYaml:a mustUniq:l \
    mustWithout:laa+ ne:aa nindent:is nospace:s not:a omit:dss+ or:aa+ osBase:p osClean:p osDir:p osExt:p \
    osIsAbs:p pick:dss+ pluck:sdd+ plural:ssi prepend:la print:aa+ printf:faa+ println:aa+ quote:aa+ regexFind:xs \
    regexFindAll:xsi regexMatch:xs regexQuoteMeta:s regexReplaceAll:xss regexReplaceAllLiteral:xss regexSplit:xsi \
    repeat:is replace:sss required:sa rest:l reverse:l round:ni semver:v semverCompare:cv seq:ii+ set:dsa \
    sha1sum:s sha256sum:s sha512sum:s slice:lii slice:sii snakecase:s sortAlpha:l split:ss splitList:ss splitn:sis \
    squote:aa+ sub:nn subf:nn+ substr:iis swapcase:s ternary:aab title:s toDate:ss toDecimal:s toJson:a \
    toPrettyJson:a toRawJson:a toString:a toStrings:l toToml:d toYaml:a toYamlPretty:a tpl:sa trim:s trimAll:ss \
    trimPrefix:ss trimSuffix:ss trimall:ss trunc:is tuple:aa+ typeIs:sa typeIsLike:sa typeOf:a uniq:l unixEpoch:T \
    unset:ds until:i untilStep:iii untitle:s upper:s urlJoin:d urlParse:u urlquery:a values:m without:laa+ wrap:is \
    wrapWith:iss";

const NOTHING: &[&str] = &[
    "nil",
    ".Values.missing",
    ".Values.nothing",
    "(index .Values \"missing\")",
    "(get .Values \"missing\")",
];
const STRINGS: &[&str] = &[
    "\"\"",
    "\"abc\"",
    "\"Hello World\"",
    "\" pad \\t\"",
    "\"a,b,,c\"",
    "\"foo_bar-baz\"",
    "\"fooBarBaz\"",
    "\"3\"",
    "\"010\"",
    "\"1.5\"",
    "\"é\\U0001F600x\"",
    "\"line\\nline two\\n\"",
    "\"a.b/c\"",
    "\"{{ .Release.Name }}\"",
    "\"<a href='x'>&\"",
    ".Values.str",
    ".Values.multi",
    "\"null\"",
    "\"yes\"",
    "\"a\\xffb\"",
    "`raw\\n`",
    "\"c0\"",
    "\"a\"",
    "\"b\"",
    "\"HTTPServer\"",
];
const INTEGERS: &[&str] = &[
    "0",
    "1",
    "3",
    "-2",
    "7",
    "(int 5)",
    "(int64 5)",
    "0x1F",
    "(len \"abc\")",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-7",
    "3",
    "1.5",
    "-0.5",
    "2.5",
    "1e6",
    "123456789",
    ".Values.num",
    ".Values.frac",
    ".Values.big",
    "\"3\"",
    "\"0x1F\"",
    "\"1e3\"",
    "\"08\"",
    "\"1.5\"",
    "(int64 9)",
    "true",
    "1e21",
    "0.1",
];
const LISTS: &[&str] = &[
    "list",
    "(list 1 2 3)",
    "(list \"b\" \"a\" \"b\")",
    "(list nil \"\" 0 false)",
    ".Values.list",
    ".Values.mixed",
    "(until 3)",
    "(splitList \",\" \"b,a,c\")",
    "(list (list 1) (dict \"a\" 1))",
    ".Values.maps",
    "(keys .Values.map)",
    "(slice (list 1 2 3) 1)",
    "(tuple 1.5 1 \"1\")",
];
const DICTS: &[&str] = &[
    "dict",
    "(dict \"a\" 1)",
    "(dict \"a\" nil)",
    "(dict \"a\" (dict \"b\" \"c\"))",
    ".Values.map",
    ".Values.deep",
    "(split \",\" \"x,y\")",
    "(dict \"b\" (list 1))",
    "(dict \"host\" \"h:80\" \"scheme\" \"https\" \"path\" \"/p q\")",
    "(fromYaml \"a: {b: 1}\")",
    "(dict \"a\" 0 \"b\" \"\")",
    ".Chart.Annotations",
];
/// Maps of one key, for functions that give keys in a random order.
const PAIRS: &[&str] = &[
    "dict",
    "(dict \"a\" 1)",
    "(dict \"a\" nil)",
    ".Values.map",
    ".Values.deep",
    ".Chart.Annotations",
];
const BOOLEANS: &[&str] = &["true", "false", ".Values.bool", "(eq 1 1)"];
const REGEXES: &[&str] = &[
    "\"a+\"",
    "\"[a-z]\"",
    "\"(\"",
    "\"^$\"",
    "\"(l)(i)\"",
    "`\\d+`",
    "`\\w{2,}`",
    "\"\"",
    "\".*\"",
    "`[\\w-\\.]`",
    "\"(?i)HELLO\"",
    "\",\"",
    "`(?P<x>b)`",
    "`\\bfoo`",
    "`a{,2}`",
    "`[[:alpha:]]+`",
    "`\\pL`",
    "\"x*\"",
];
const TIMES: &[&str] = &[
    "(toDate \"2006-01-02\" \"2024-02-29\")",
    "(toDate \"2006-01-02T15:04:05Z07:00\" \"2024-02-29T13:04:05+02:00\")",
    "(int64 86400)",
    "0",
];
const DURATIONS: &[&str] = &[
    "\"1h30m\"",
    "\"-5s\"",
    "\"90\"",
    "\"1.5h\"",
    "90",
    "\"x\"",
    "\"2540400h\"",
    "\"1500ms\"",
    "(mustToDuration \"36h\")",
    "1.5",
];
const VERSIONS: &[&str] = &[
    "\"1.2.3\"",
    "\"v1.2\"",
    "\"1.2.3-beta.1+x\"",
    "\"1\"",
    "\"x\"",
    "\"1.30.5\"",
    ".Capabilities.KubeVersion.Version",
    "\"1.2.3.4\"",
    "\"\"",
];
const CONSTRAINTS: &[&str] = &[
    "\">=1.2\"",
    "\"^1.2.0\"",
    "\"~1\"",
    "\">1.2 <2 || 3.x\"",
    "\"1.2 - 1.4\"",
    "\"*\"",
    "\">=1.2-0\"",
    "\"!=1.2.3\"",
    "\"=>1\"",
    "\"\"",
    "\">= x\"",
    "\"1.x\"",
];
const JSONS: &[&str] = &[
    "\"{\\\"a\\\": [1, 2.50, null]}\"",
    "\"[1, {}]\"",
    "\"{\"",
    "\"\"",
    "\"null\"",
    "\"1e3\"",
    "\"{\\\"a\\\": 1, \\\"a\\\": 2}\"",
    "\"\\\"x\\\"\"",
    "\"[1] x\"",
];
const YAMLS: &[&str] = &[
    "\"a: 1\\nb: [x, ~]\"",
    "\"- a\\n- 1\"",
    "\"a: |\\n  x\"",
    "\"a: b: c\"",
    "\"\"",
    "\"x\"",
    "\"{a: 0755, y: on}\"",
    "\"a: &x 1\\nb: *x\"",
    "\"1: 2\"",
    "\"a: 1\\na: 2\"",
    "\"\\tx\"",
];
/// All of it is TOML: of what is none, each library says so in its own words.
const TOMLS: &[&str] = &[
    "\"a = 1\"",
    "\"[x]\\ny = 1.5\\nz = [1, 2]\"",
    "\"a = [0x1F, true, {b = 1e3}]\"",
    "\"\"",
    "\"d = 2024-01-02\"",
    "\"a = 'x'\\nb = true\"",
];
const BASE64: &[&str] = &[
    "\"YWJj\"",
    "\"YWJj=\"",
    "\"!!\"",
    "\"\"",
    "\"//8=\"",
    "\"YW Jj\"",
];
const PATHS: &[&str] = &[
    "\"a/b/c.txt\"",
    "\"/a/../b//c\"",
    "\"\"",
    "\".\"",
    "\"c.tar.gz\"",
    "\"a/\"",
    "\"/\"",
];
const URLS: &[&str] = &[
    "\"https://u:p@h.example:80/p/q?x=1&y=%20#f\"",
    "\"/p\"",
    "\"mailto:a@b\"",
    "\"http://[::1]\"",
    "\"%zz\"",
    "\"\"",
    "\"//h/p%2Fq\"",
];
const FORMATS: &[&str] = &[
    "\"%v\"",
    "\"%s\"",
    "\"%d\"",
    "\"%q\"",
    "\"%05d|%-5s|%5.1f\"",
    "\"%x\"",
    "\"%t\"",
    "\"%T\"",
    "\"%+v\"",
    "\"%#v\"",
    "\"%%\"",
    "\"%e %g\"",
    "\"%c\"",
    "\"%U\"",
    "\"%!\"",
    "\"%z\"",
    "\"%*d\"",
    "\"%[2]v %[1]v\"",
    "\"no verb\"",
    "\"%6.2f%%\"",
    "\"%08b\"",
    "\"%o\"",
    "\"%X\"",
];
const OBJECTS: &[&str] = &[
    "(semver \"1.2.3-a\")",
    "(mustToDuration \"90m\")",
    "(toDate \"2006\" \"2024\")",
    "(urlParse \"http://h/p\")",
    "(b64dec \"//8=\")",
    "(int64 3)",
    "'x'",
    "(index \"abc\" 1)",
];

/// Values that the arguments refer to.
pub const VALUES: &str = "str: some text\nmulti: |\n  one\n  two\nnum: 80\nfrac: 1.25\nbig: 123456789\nbool: true\nnothing: ~\nlist: [3, 1, 2]\nmixed: [a, 1, null, {k: v}]\nmaps: [{a: 1}, {a: 2}]\nmap: {a: 1}\ndeep: {a: {b: {c: [1, x]}}}\n";

/// A call of a function, in parentheses or through a pipe.
pub fn call(dice: &mut Dice) -> String {
    let functions: Vec<&str> = FUNCTIONS.split_whitespace().collect();
    let (name, kinds) = dice
        .pick(&functions)
        .split_once(':')
        .expect("each has kinds");
    let again = kinds.ends_with('+');
    let mut kinds: Vec<char> = kinds.trim_end_matches('+').chars().collect();
    if again {
        let last = kinds.pop().unwrap_or('a');
        for _ in 0..dice.below(3) {
            kinds.push(last);
        }
    }
    // Some have an argument more or less.
    match dice.below(25) {
        0 => kinds.push('a'),
        1 => drop(kinds.pop()),
        _ => {}
    }
    let arguments: Vec<String> = kinds.iter().map(|kind| argument(dice, *kind)).collect();
    if arguments.len() > 1 && dice.chance(15) {
        let (last, first) = arguments.split_last().expect("there are two");
        return format!("({last} | {name} {})", first.join(" "));
    }
    format!("({name} {})", arguments.join(" ")).replace(" )", ")")
}

fn argument(dice: &mut Dice, kind: char) -> String {
    let all = [
        NOTHING, STRINGS, NUMBERS, LISTS, PAIRS, BOOLEANS, OBJECTS, INTEGERS,
    ];
    let fits = match kind {
        's' => STRINGS,
        'i' => INTEGERS,
        'n' => NUMBERS,
        'l' => LISTS,
        'd' => DICTS,
        'm' => PAIRS,
        'b' => BOOLEANS,
        'x' => REGEXES,
        'j' => JSONS,
        'y' => YAMLS,
        't' => TOMLS,
        'T' => TIMES,
        'D' => DURATIONS,
        'v' => VERSIONS,
        'c' => CONSTRAINTS,
        '6' => BASE64,
        'p' => PATHS,
        'u' => URLS,
        'f' => FORMATS,
        _ => *dice.pick(&all),
    };
    let from = if dice.chance(9) {
        *dice.pick(&all)
    } else {
        fits
    };
    (*dice.pick(from)).to_owned()
}
