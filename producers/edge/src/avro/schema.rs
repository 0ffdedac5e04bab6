//! The writer schema as a list of nodes: what its data looks like, without names of types and logical types.
//!
//! It is read here, since a schema of a stranger must never end the program, and neither a logical type nor a default (which do not change how data looks) may
//! make a file unreadable.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

/// Position of a node in its [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// What a value looks like in the data.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Boolean,
    Int,
    Long,
    /// So many bytes: a float, a double, a fixed.
    Fixed(usize),
    Bytes,
    Text,
    /// One of so many symbols.
    Enum(usize),
    Array(NodeId),
    Map(NodeId),
    Union(Vec<NodeId>),
    Record(Vec<(String, NodeId)>),
}

/// A schema; records may contain themselves.
#[derive(Debug)]
pub(super) struct Schema {
    nodes: Vec<Node>,
    root: NodeId,
}

impl Schema {
    /// Reads a schema's JSON; none where it is not a schema.
    pub(super) fn read(json: &str) -> Option<Self> {
        let json = serde_json::from_str(json).ok()?; // which bounds the depth
        let mut builder = Builder::default();
        let root = builder.add(&json, "")?;
        Some(Self { nodes: builder.nodes, root })
    }

    pub(super) fn root(&self) -> NodeId {
        self.root
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// Named types by their full names.
    named: HashMap<String, NodeId>,
}

impl Builder {
    /// Adds a schema that stands where `namespace` is the enclosing one.
    fn add(&mut self, json: &Value, namespace: &str) -> Option<NodeId> {
        match json {
            Value::String(name) => self.add_by_name(name, namespace),
            Value::Array(branches) => self.add_union(branches, namespace),
            Value::Object(attributes) => self.add_complex(attributes, namespace),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }

    /// A primitive, or a type that stands before.
    fn add_by_name(&mut self, name: &str, namespace: &str) -> Option<NodeId> {
        let node = match name {
            "null" => Node::Null,
            "boolean" => Node::Boolean,
            "int" => Node::Int,
            "long" => Node::Long,
            "float" => Node::Fixed(4),
            "double" => Node::Fixed(8),
            "bytes" => Node::Bytes,
            "string" => Node::Text,
            _ => return self.named.get(&full_name(name, namespace)).or_else(|| self.named.get(name)).copied(),
        };
        Some(self.push(node))
    }

    /// A union holds no union, and no type twice but named ones of different names.
    fn add_union(&mut self, branches: &[Value], namespace: &str) -> Option<NodeId> {
        let mut ids = Vec::with_capacity(branches.len());
        let mut seen = Vec::new();
        for branch in branches {
            let id = self.add(branch, namespace)?;
            let kind = match &self.nodes[id.0] {
                Node::Union(_) => return None,
                Node::Record(_) | Node::Enum(_) => format!("{id:?}"),
                Node::Fixed(_) if !matches!(kind_of(branch), "float" | "double") => format!("{id:?}"),
                _ => kind_of(branch).to_owned(),
            };
            if seen.contains(&kind) {
                return None;
            }
            seen.push(kind);
            ids.push(id);
        }
        Some(self.push(Node::Union(ids)))
    }

    fn add_complex(&mut self, attributes: &Map<String, Value>, namespace: &str) -> Option<NodeId> {
        let kind = match attributes.get("type")? {
            Value::String(kind) => kind,
            nested => return self.add(nested, namespace),
        };
        let node = match kind.as_str() {
            "record" | "error" => return self.add_record(attributes, namespace),
            "enum" => {
                let symbols = attributes.get("symbols")?.as_array()?;
                return self.add_named(attributes, namespace, Node::Enum(symbols.len())).map(|(id, _)| id);
            }
            "fixed" => {
                let size = usize::try_from(attributes.get("size")?.as_u64()?).ok()?;
                return self.add_named(attributes, namespace, Node::Fixed(size)).map(|(id, _)| id);
            }
            "array" => Node::Array(self.add(attributes.get("items")?, namespace)?),
            "map" => Node::Map(self.add(attributes.get("values")?, namespace)?),
            name => return self.add_by_name(name, namespace),
        };
        Some(self.push(node))
    }

    fn add_record(&mut self, attributes: &Map<String, Value>, namespace: &str) -> Option<NodeId> {
        // the name stands before the fields are read: they may refer to it
        let (id, inner) = self.add_named(attributes, namespace, Node::Null)?;
        let mut fields: Vec<(String, NodeId)> = Vec::new();
        let mut names = HashSet::new();
        for field in attributes.get("fields")?.as_array()? {
            let name = field.get("name")?.as_str()?;
            if !names.insert(name) {
                return None;
            }
            fields.push((name.to_owned(), self.add(field.get("type")?, &inner)?));
        }
        self.nodes[id.0] = Node::Record(fields);
        Some(id)
    }

    /// Adds a type under its name, which must be new; also the namespace within it.
    fn add_named(&mut self, attributes: &Map<String, Value>, namespace: &str, node: Node) -> Option<(NodeId, String)> {
        let name = attributes.get("name")?.as_str().filter(|name| !name.is_empty())?;
        let namespace = attributes.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
        let name = full_name(name, namespace);
        let inner = name.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
        let id = self.push(node);
        self.named.insert(name, id).is_none().then_some((id, inner))
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }
}

/// The type that a branch of a union names, its own or through `type`.
fn kind_of(branch: &Value) -> &str {
    match branch {
        Value::String(kind) => kind,
        other => other.get("type").map_or("", kind_of),
    }
}

/// A name with a dot is full.
fn full_name(name: &str, namespace: &str) -> String {
    if namespace.is_empty() || name.contains('.') { name.to_owned() } else { format!("{namespace}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(json: &str) -> Option<Node> {
        let schema = Schema::read(json)?;
        Some(schema.node(schema.root()).clone())
    }

    #[test]
    fn logical_types_and_defaults_do_not_count() {
        let table = [
            (r#"{"type":"fixed","name":"u","size":16,"logicalType":"uuid"}"#, Node::Fixed(16)),
            (r#"{"type":"bytes","logicalType":"uuid"}"#, Node::Bytes),
            (r#"{"type":"string","logicalType":"uuid"}"#, Node::Text),
            (r#"{"type":"bytes","logicalType":"decimal","precision":-4,"scale":9}"#, Node::Bytes),
            (r#"{"type":"long","logicalType":"timestamp-millis"}"#, Node::Long),
            (r#"["float","double"]"#, Node::Union(vec![NodeId(0), NodeId(1)])),
            (r#"{"type":{"type":"int","logicalType":"date"}}"#, Node::Int),
            (r#"{"type":"enum","name":"e","symbols":["A","B"],"default":"C"}"#, Node::Enum(2)),
        ];
        for (json, expected) in table {
            assert_eq!(root(json), Some(expected), "{json}");
        }
        let record = r#"{"type":"record","name":"r","fields":[{"name":"a","type":"int","default":"no int"}]}"#;
        assert!(matches!(root(record), Some(Node::Record(fields)) if fields.len() == 1));
    }

    #[test]
    fn names_are_found_in_their_namespaces() {
        let schema = Schema::read(
            r#"{"type":"record","name":"A","namespace":"x","fields":[
                {"name":"f","type":{"type":"fixed","name":"F","size":3}},
                {"name":"b","type":{"type":"record","name":"y.B","fields":[{"name":"f","type":"x.F"},{"name":"g","type":{"type":"fixed","name":"F","size":5}},{"name":"h","type":"F"}]}},
                {"name":"again","type":["null","A"]},
                {"name":"last","type":"F"}]}"#,
        )
        .unwrap();
        let fields = |id| match schema.node(id) {
            Node::Record(fields) => fields.iter().map(|(_, id)| *id).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let outer = fields(schema.root());
        let inner = fields(outer[1]);
        assert_eq!((schema.node(outer[0]), schema.node(outer[3])), (&Node::Fixed(3), &Node::Fixed(3)));
        assert_eq!((schema.node(inner[0]), schema.node(inner[2])), (&Node::Fixed(3), &Node::Fixed(5)));
        assert!(matches!(schema.node(outer[2]), Node::Union(branches) if branches[1] == schema.root()));
    }

    #[test]
    fn what_is_no_schema() {
        let twice = r#"["null",{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}]"#;
        for json in [
            twice,
            "[[\"int\"]]",
            "[\"float\",{\"type\":\"float\"}]",
            "",
            "{}",
            "\"nothing\"",
            "[\"int\",\"int\"]",
            "{\"type\":\"record\",\"name\":\"r\"}",
            "{\"type\":\"array\"}",
            &"[".repeat(100_000),
        ] {
            assert_eq!(root(json), None, "{}", &json[..json.len().min(40)]);
        }
    }
}
