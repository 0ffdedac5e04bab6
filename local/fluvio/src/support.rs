//! What a client can ask for and how it is met: the one table that dispatch, documentation and tests share.

/// How a request is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// As a real cluster does.
    Served,
    /// Served, and there is never anything of the kind.
    Empty,
    /// Answered with an error that says so.
    Refused,
    /// The protocol has no error for it: the connection ends, as a real cluster ends it.
    Closed,
}

macro_rules! features {
    ($($feature:ident: $server:literal, $request:literal, $support:ident, $note:literal;)*) => {
        /// Everything a client can ask of a cluster, as far as the stand-in tells it apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Feature {
            $(#[doc = $request] $feature,)*
        }

        impl Feature {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$feature),*];

            /// How it is met.
            pub fn support(self) -> Support {
                match self {
                    $(Self::$feature => Support::$support,)*
                }
            }

            /// The request in words, and what of it is meant.
            pub fn request(self) -> &'static str {
                match self {
                    $(Self::$feature => $request,)*
                }
            }

            fn server(self) -> &'static str {
                match self {
                    $(Self::$feature => $server,)*
                }
            }

            fn note(self) -> &'static str {
                match self {
                    $(Self::$feature => $note,)*
                }
            }
        }
    };
}

features! {
    ScVersions: "SC", "ApiVersions", Served, "platform 0.18.1";
    CreateTopic: "SC", "Create: topic", Served, "computed, or assigned to the one SPU; compression, segment size";
    CreateReplicated: "SC", "Create: topic with more than one replica", Refused, "one SPU; a real cluster of one waits in vain for others";
    CreateMirrored: "SC", "Create: mirror topic", Refused, "";
    CreateDeduplicated: "SC", "Create: topic with deduplication", Refused, "it makes holes in the offsets, on which the stock client loses records";
    CreateModule: "SC", "Create: SmartModule", Served, "one of the same name is replaced";
    CreateOther: "SC", "Create: custom SPU, SPU group, table format, mirror", Refused, "";
    DeleteTopic: "SC", "Delete: topic", Served, "the cluster's own only by force";
    DeleteModule: "SC", "Delete: SmartModule", Served, "";
    DeleteOther: "SC", "Delete: custom SPU, SPU group, table format, mirror", Refused, "";
    ListObjects: "SC", "List: topics, partitions, SmartModules, SPUs, custom SPUs", Served, "by name, system objects on wish, modules without their code on wish";
    ListOther: "SC", "List: SPU groups, table formats, mirrors", Empty, "";
    WatchObjects: "SC", "Watch: topics, partitions, SmartModules, SPUs", Served, "offsets and sizes of partitions within a second";
    WatchOther: "SC", "Watch: SPU groups, table formats", Empty, "";
    WatchUnknown: "SC", "Watch: custom SPUs, mirrors", Closed, "";
    AddPartition: "SC", "Update: add partitions to a topic", Served, "";
    AddMirror: "SC", "Update: add a mirror to a topic", Refused, "";
    Mirroring: "SC", "Mirroring", Refused, "";
    ScUnknown: "SC", "any other request", Closed, "";
    SpuVersions: "SPU", "ApiVersions", Served, "";
    Produce: "SPU", "Produce", Served, "every compression, at most 32 MiB a batch, and a segment";
    ProduceModules: "SPU", "Produce through SmartModules", Served, "a chain of its own for each partition of each request; what it drops is a hole in the offsets";
    OldFetch: "SPU", "Fetch", Refused, "no client since 0.10 sends it";
    FetchOffsets: "SPU", "FetchOffsets", Served, "";
    Stream: "SPU", "StreamFetch", Served, "cut at max_bytes, inside a batch where that is";
    StreamModules: "SPU", "StreamFetch through SmartModules", Served, "by name and ad hoc, with parameters; a response reads one segment";
    StreamLookBack: "SPU", "StreamFetch through SmartModules with look-back", Refused, "";
    UpdateOffsets: "SPU", "UpdateOffsets", Served, "";
    ConsumerOffsets: "SPU", "Update, Delete and FetchConsumerOffsets", Served, "not advertised, as on a real SPU";
    StartMirror: "SPU", "StartMirror", Closed, "";
    SpuUnknown: "SPU", "any other request", Closed, "";
}

impl Feature {
    /// Why it is refused.
    pub(crate) fn refusal(self) -> String {
        format!("{} is not served by the local stand-in", self.request())
    }
}

/// The table as the documentation shows it.
pub fn table() -> String {
    let mut text = String::from("| server | request | | |\n| --- | --- | --- | --- |\n");
    for feature in Feature::ALL {
        let met = match feature.support() {
            Support::Served => "served",
            Support::Empty => "served, always empty",
            Support::Refused => "refused with an error",
            Support::Closed => "connection ends",
        };
        let line = format!("| {} | {} | {met} | {} |\n", feature.server(), feature.request(), feature.note());
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_holds_this_table() {
        let documented = include_str!("../SUPPORT.md");
        assert!(documented.ends_with(&table()), "SUPPORT.md should end with:\n{}", table());
    }
}
