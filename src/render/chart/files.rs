//! What templates read as `.Files`.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::ChartFile;
use crate::render::template::{
    Elem, List, Map, MapKind, Method, Object, Outcome, Param, Str, Value, to_yaml,
};

use super::glob::Glob;

/// The files of a chart, or those of them that a pattern matches.
pub(super) struct Files(BTreeMap<Arc<str>, Arc<[u8]>>);

impl Files {
    /// The files of one chart.
    pub(super) fn new(files: &[ChartFile]) -> Self {
        let pair = |file: &ChartFile| (Arc::clone(&file.path), Arc::clone(&file.data));
        Self(files.iter().map(pair).collect())
    }

    fn get(&self, path: &str) -> &[u8] {
        self.0.get(path).map_or(&[], |data| data)
    }

    fn glob(&self, pattern: &str) -> Self {
        let glob = Glob::new(pattern);
        let found = self.0.iter().filter(|(path, _)| glob.matches(path));
        Self(
            found
                .map(|(path, data)| (Arc::clone(path), Arc::clone(data)))
                .collect(),
        )
    }

    fn lines(&self, path: &str) -> List {
        let text = self.get(path);
        if text.is_empty() {
            return List::typed(Elem::Str, Vec::new());
        }
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        List::strings(text.split(|byte| *byte == b'\n').map(Str::from))
    }

    /// Base names and texts as YAML. Of two files with the same base name the last one is there.
    fn as_config(&self, text: impl Fn(&[u8]) -> Value) -> Outcome {
        let base = |path: &str| Str::from(path.rsplit('/').next().unwrap_or(path));
        let entries = self.0.iter().map(|(path, data)| (base(path), text(data)));
        to_yaml(&Value::Map(Map::typed(MapKind::Strings, entries.collect())))
    }
}

const METHODS: [&str; 6] = ["Get", "GetBytes", "Glob", "Lines", "AsConfig", "AsSecrets"];

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn method(&self, name: &str) -> Option<Method> {
        METHODS.contains(&name).then_some(Method {
            params: if name.starts_with("As") {
                &[]
            } else {
                &[Param::Str]
            },
            variadic: false,
        })
    }

    fn call(&self, name: &str, args: &[Value]) -> Outcome {
        let path = match args.first() {
            Some(Value::Str(path)) => path.to_text(),
            _ => "".into(),
        };
        Ok(match name {
            "Get" => Value::Str(self.get(&path).into()),
            "GetBytes" => bytes(self.get(&path)),
            "Glob" => Value::Object(Rc::new(self.glob(&path))),
            "Lines" => Value::List(self.lines(&path)),
            "AsConfig" => return self.as_config(|data| Value::Str(data.into())),
            _ => return self.as_config(|data| Value::from(STANDARD.encode(data))),
        })
    }

    fn text(&self) -> String {
        let numbers = |data: &[u8]| {
            let numbers: Vec<String> = data.iter().map(u8::to_string).collect();
            format!("[{}]", numbers.join(" "))
        };
        let files = self.0.iter();
        let shown: Vec<String> = files
            .map(|(path, data)| format!("{path}:{}", numbers(data)))
            .collect();
        format!("map[{}]", shown.join(" "))
    }

    fn as_map(&self) -> Option<Map> {
        let files = self.0.iter();
        Some(files.map(|(path, data)| (&**path, bytes(data))).collect())
    }

    fn data(&self) -> Value {
        let files = self.0.iter();
        let encoded = files.map(|(path, data)| (&**path, Value::from(STANDARD.encode(data))));
        Value::Map(encoded.collect())
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn bytes(data: &[u8]) -> Value {
    let byte = |byte: &u8| Value::Int(i64::from(*byte), crate::render::template::IntKind::Uint8);
    Value::List(List::typed(Elem::Byte, data.iter().map(byte).collect()))
}
