//! The guest side of Fluvio's SmartModule interface: one input and one output buffer per instance, reused for ever.
//!
//! The code that `#[smartmodule]` generates forgets the output of every call and nobody frees it, so that a long stream ends without an error
//! when the instance has filled its memory. Here a module implements [`Transform`] and calls [`export!`]; records are read where the host put
//! them and results are written where the host takes them from. No input makes a module panic and no record is ever answered with an error.

mod cursor;
mod guest;
mod input;
mod output;
mod params;
mod transform;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;

pub use guest::Guest;
pub use input::{Input, RecordView, Records};
pub use output::Output;
pub use params::Params;
pub use transform::{Record, Transform, run};

/// The version of the encoding that Fluvio 0.50's engine passes to its modules.
pub const ENGINE_VERSION: i16 = 22;

/// Makes a crate of type `cdylib` a SmartModule: exports `alloc`, `init` and the named kind of transform over one instance of the type.
///
/// The type is [`Transform`] and `Default`. Outside of WebAssembly the macro expands to nothing, so that the crate serves natively as a library.
///
/// ```
/// #[derive(Default)]
/// struct Identity;
///
/// impl adx_smartmodule_abi::Transform for Identity {
///     fn record(&mut self, record: &adx_smartmodule_abi::Record<'_>, out: &mut adx_smartmodule_abi::Output) {
///         out.emit(record.key, record.value);
///     }
/// }
///
/// adx_smartmodule_abi::export!(map, Identity);
/// ```
#[macro_export]
macro_rules! export {
    ($kind:ident, $transform:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "the host finds the functions by name; they are safe code over one guest")]
        const _: () = {
            ::std::thread_local! {
                static GUEST: ::std::cell::RefCell<$crate::Guest<$transform>> = ::std::cell::RefCell::default();
            }

            #[unsafe(no_mangle)]
            extern "C" fn alloc(len: usize) -> *mut u8 {
                GUEST.with_borrow_mut(|guest| guest.alloc(len).as_mut_ptr())
            }

            #[unsafe(no_mangle)]
            extern "C" fn init(_input: *const u8, len: usize, _version: u32) -> i32 {
                GUEST.with_borrow_mut(|guest| guest.init(len));
                0
            }

            #[unsafe(no_mangle)]
            extern "C" fn $kind(_input: *const u8, len: usize, version: u32) -> i32 {
                GUEST.with_borrow_mut(|guest| $crate::wasm::hand_over(guest.call(len, version as i16)));
                0
            }
        };
    };
}
