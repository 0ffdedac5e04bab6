//! What a query asks of its answer's form: which annotation rows, and a header or none.

/// The dialect of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub datatypes: bool,
    pub groups: bool,
    pub defaults: bool,
    pub header: bool,
}

/// The `dialect` object of a query request.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct DialectRequest {
    #[serde(default)]
    annotations: Vec<String>,
    header: Option<bool>,
    delimiter: Option<String>,
}

impl Dialect {
    /// influxd's default: a header, no annotations.
    pub const PLAIN: Self = Self { datatypes: false, groups: false, defaults: false, header: true };
}

impl TryFrom<DialectRequest> for Dialect {
    type Error = String;

    fn try_from(request: DialectRequest) -> Result<Self, String> {
        if request.delimiter.is_some_and(|delimiter| delimiter != ",") {
            return Err("the local stand-in writes commas between cells and nothing else".into());
        }
        let mut dialect = Self { header: request.header.unwrap_or(true), ..Self::PLAIN };
        for annotation in request.annotations {
            match annotation.as_str() {
                "datatype" => dialect.datatypes = true,
                "group" => dialect.groups = true,
                "default" => dialect.defaults = true,
                other => return Err(format!("unsupported annotation {other:?}")),
            }
        }
        Ok(dialect)
    }
}
