//! The functions that give keys and certificates.

use std::net::IpAddr;
use std::rc::Rc;

use jiff::Timestamp;
use x509_cert::der::Decode as _;

use super::super::encoding::base64_strict;
use super::keys::Key;
use super::pem;
use super::x509::{self, Request, Signer};
use crate::render::template::exec::Exec;
use crate::render::template::function::Param::{Int, List as Items, Object as Other, Str as Text};
use crate::render::template::function::{Args, Failure, Function, Outcome, Param};
use crate::render::template::object::{Method, Object};
use crate::render::template::print;
use crate::render::template::random::{Stream, turned};
use crate::render::template::value::Value;

const TYPE: &str = "sprig.certificate";
const CERTIFICATE: Param = Other(TYPE);

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function::exec("genPrivateKey", &[Text], |exec, args| {
        exec.step(SLOW)?;
        exec.random(|stream| {
            let sort = args.text(0);
            let text = match Key::generate(stream, &sort) {
                Ok(Some(key)) => key.to_pem(),
                Ok(None) => Ok(format!("Unknown type {sort}")),
                Err(error) => Err(error),
            };
            let text =
                text.unwrap_or_else(|error| format!("failed to generate private key: {error}"));
            Ok(Value::from(text))
        })
    }),
    Function::exec("genCA", &[Text, Int], |exec, args| {
        issue(
            exec,
            args,
            &Shape {
                days: 1,
                ..Shape::default()
            },
        )
    }),
    Function::exec("genCAWithKey", &[Text, Int, Text], |exec, args| {
        issue(
            exec,
            args,
            &Shape {
                days: 1,
                key: Some(2),
                ..Shape::default()
            },
        )
    }),
    Function::exec(
        "genSelfSignedCert",
        &[Text, Items, Items, Int],
        |exec, args| {
            issue(
                exec,
                args,
                &Shape {
                    names: true,
                    days: 3,
                    ..Shape::default()
                },
            )
        },
    ),
    Function::exec(
        "genSelfSignedCertWithKey",
        &[Text, Items, Items, Int, Text],
        |exec, args| {
            issue(
                exec,
                args,
                &Shape {
                    names: true,
                    days: 3,
                    key: Some(4),
                    signer: None,
                },
            )
        },
    ),
    Function::exec(
        "genSignedCert",
        &[Text, Items, Items, Int, CERTIFICATE],
        |exec, args| {
            issue(
                exec,
                args,
                &Shape {
                    names: true,
                    days: 3,
                    key: None,
                    signer: Some(4),
                },
            )
        },
    ),
    Function::exec(
        "genSignedCertWithKey",
        &[Text, Items, Items, Int, CERTIFICATE, Text],
        |exec, args| {
            issue(
                exec,
                args,
                &Shape {
                    names: true,
                    days: 3,
                    key: Some(5),
                    signer: Some(4),
                },
            )
        },
    ),
    Function::pure("buildCustomCert", &[Text, Text], custom),
];

/// Which arguments say what. A certificate without names for servers is an authority's.
#[derive(Default)]
struct Shape {
    names: bool,
    days: usize,
    key: Option<usize>,
    signer: Option<usize>,
}

/// Finding the primes of a key takes long, so few keys are made in one run.
const SLOW: usize = 100_000;

fn issue(exec: &mut Exec<'_>, args: Args<'_>, shape: &Shape) -> Outcome {
    exec.step(SLOW)?;
    let now = exec.now()?;
    exec.random(|stream| Ok(make(stream, now, args, shape)?))
}

fn make(
    stream: &mut Stream,
    now: Timestamp,
    args: Args<'_>,
    shape: &Shape,
) -> Result<Value, String> {
    let key = match shape.key {
        Some(at) => Key::from_pem(&args.text(at))
            .map_err(|error| format!("parsing private key: {error}"))?,
        None => {
            Key::rsa(stream, 2048).map_err(|error| format!("error generating rsa key: {error}"))?
        }
    };
    let signer = match shape.signer.map(|at| args.any(at)) {
        Some(Value::Object(object)) => {
            let pair = object.as_any().downcast_ref::<Pair>();
            let (cert, key) = pair.map_or(("", ""), |pair| (&pair.cert, &pair.key));
            Some(Signer::from_pem(cert, key)?)
        }
        _ => None,
    };
    let common_name = args.text(0);
    let (ips, dns) = if shape.names {
        (ips(args.any(1))?, dns(args.any(2))?)
    } else {
        (Vec::new(), Vec::new())
    };
    let request = Request {
        common_name: &common_name,
        ips,
        dns,
        now,
        days: args.int(shape.days),
        authority: !shape.names,
    };
    let cert = x509::issue(stream, &request, &key, signer.as_ref())?;
    let key = key.to_pem()?;
    Ok(Value::Object(Rc::new(Pair { cert, key })))
}

fn items(value: &Value) -> &[Value] {
    if let Value::List(list) = value {
        list
    } else {
        &[]
    }
}

fn shown(value: &Value) -> String {
    String::from_utf8_lossy(&print::text(value)).into_owned()
}

fn ips(value: &Value) -> Result<Vec<IpAddr>, String> {
    let parsed = items(value).iter().map(|item| {
        let Value::Str(text) = item else {
            return Err(format!("error parsing ip: {} is not a string", shown(item)));
        };
        let text = text.to_text();
        let ip: Result<IpAddr, _> = text.parse();
        let ip = ip.map_err(|_| format!("error parsing ip: {text}"))?;
        Ok(ip.to_canonical())
    });
    parsed.collect()
}

fn dns(value: &Value) -> Result<Vec<String>, String> {
    let names = items(value).iter().map(|item| match item {
        Value::Str(text) => Ok(text.to_text().into_owned()),
        item => Err(format!(
            "error processing alternate dns name: {} is not a string",
            shown(item)
        )),
    });
    names.collect()
}

fn custom(args: Args<'_>) -> Outcome {
    let decode = |at: usize, what: &str| -> Result<String, Failure> {
        let bytes = base64_strict(args.bytes(at));
        let bytes = bytes.map_err(|_| Failure::from(format!("unable to decode base64 {what}")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let cert = decode(0, "certificate")?;
    let key = decode(1, "private key")?;
    let (_, der) = pem::decode(&cert).ok_or("unable to decode certificate")?;
    x509_cert::Certificate::from_der(&der)
        .map_err(|error| format!("error parsing certificate: decodedCert.Bytes: {error}"))?;
    Key::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Value::Object(Rc::new(Pair { cert, key })))
}

/// A certificate and its key, both as PEM.
struct Pair {
    cert: String,
    key: String,
}

impl Object for Pair {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.as_str())),
            "Key" => Some(Value::from(self.key.as_str())),
            _ => None,
        }
    }

    fn method(&self, _name: &str) -> Option<Method> {
        None
    }

    fn call(&self, name: &str, _args: &[Value]) -> Outcome {
        Err(format!("{TYPE} has no method {name}").into())
    }

    fn text(&self) -> String {
        format!("{{{} {}}}", self.cert, self.key)
    }

    fn data(&self) -> Value {
        let entries = ["Cert", "Key"].map(|name| (name, self.field(name).unwrap_or_default()));
        Value::Map(entries.into_iter().collect())
    }

    fn altered(&self) -> Option<Rc<dyn Object>> {
        let other = |text: &str| shown(&turned(&Value::from(text)));
        let (cert, key) = (other(&self.cert), other(&self.key));
        Some(Rc::new(Self { cert, key }))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
