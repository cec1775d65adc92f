// SPDX-License-Identifier: Apache-2.0
//! libwasmtime as one static library, plus what its C API lacks. The contract is include/postern_engine.h.
//!
//! The C API's handle types wrap one Rust value each (`repr(transparent)` or a `repr(C)` struct with one field), so a
//! pointer to the handle is a pointer to the value: `inner` relies on that and on nothing else.
#![allow(non_camel_case_types)]

use std::ffi::c_void;
use wasmtime::component::{Component, ComponentType, Instance, InstancePre, Linker, LinkerInstance, Lower, ResourceDynamic, WasmList};
use wasmtime::{AsContext, ResourceLimiter, Result, Store, StoreContextMut, format_err};
pub use wasmtime_c_api::*;

type Data = WasmtimeStoreData;
type Failure = Option<Box<wasmtime_error_t>>;

/// # Safety: `H` must be a handle type that holds exactly one `T`.
unsafe fn inner<H, T>(handle: &H) -> &T {
    const { assert!(size_of::<H>() == size_of::<T>() && align_of::<H>() == align_of::<T>()) };
    unsafe { &*std::ptr::from_ref(handle).cast::<T>() }
}

fn outcome(result: Result<()>) -> Failure {
    result.err().map(|e| Box::new(wasmtime_error_t::from(e)))
}

// --- byte lanes ---

#[repr(C)]
pub struct pn_lane_bytes {
    ptr: *const u8,
    len: usize,
    error: u32,
}

impl pn_lane_bytes {
    const EMPTY: Self = Self { ptr: std::ptr::null(), len: 0, error: 0 };

    /// The bytes stay where they are until the next lane call on this store, and lowering happens before that.
    fn slice(&self) -> &'static [u8] {
        if self.len == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pn_lanes {
    input_stream: u32,
    output_stream: u32,
    descriptor: u32,
    error: u32,
    stream_read: extern "C" fn(*mut c_void, u32, u64, bool, &mut pn_lane_bytes) -> i32,
    stream_write: extern "C" fn(*mut c_void, u32, *const u8, usize, bool, &mut u32) -> i32,
    file_read: extern "C" fn(*mut c_void, u32, u64, u64, &mut pn_lane_bytes, &mut bool) -> i32,
    file_write: extern "C" fn(*mut c_void, u32, *const u8, usize, u64, &mut u64) -> i32,
    random: extern "C" fn(*mut c_void, u64, &mut pn_lane_bytes) -> i32,
}

const OK: i32 = 0;
const CLOSED: i32 = 1;
const FAILED: i32 = 2;

#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(ResourceDynamic),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[rustfmt::skip]
#[allow(dead_code)] // made from C's number
enum FileError {
    #[component(name = "access")] Access, #[component(name = "would-block")] WouldBlock, #[component(name = "already")] Already, #[component(name = "bad-descriptor")] BadDescriptor, #[component(name = "busy")] Busy,
    #[component(name = "deadlock")] Deadlock, #[component(name = "quota")] Quota, #[component(name = "exist")] Exist, #[component(name = "file-too-large")] FileTooLarge, #[component(name = "illegal-byte-sequence")] IllegalByteSequence,
    #[component(name = "in-progress")] InProgress, #[component(name = "interrupted")] Interrupted, #[component(name = "invalid")] Invalid, #[component(name = "io")] Io, #[component(name = "is-directory")] IsDirectory,
    #[component(name = "loop")] Loop, #[component(name = "too-many-links")] TooManyLinks, #[component(name = "message-size")] MessageSize, #[component(name = "name-too-long")] NameTooLong, #[component(name = "no-device")] NoDevice,
    #[component(name = "no-entry")] NoEntry, #[component(name = "no-lock")] NoLock, #[component(name = "insufficient-memory")] InsufficientMemory, #[component(name = "insufficient-space")] InsufficientSpace, #[component(name = "not-directory")] NotDirectory,
    #[component(name = "not-empty")] NotEmpty, #[component(name = "not-recoverable")] NotRecoverable, #[component(name = "unsupported")] Unsupported, #[component(name = "no-tty")] NoTty, #[component(name = "no-such-device")] NoSuchDevice,
    #[component(name = "overflow")] Overflow, #[component(name = "not-permitted")] NotPermitted, #[component(name = "pipe")] Pipe, #[component(name = "read-only")] ReadOnly, #[component(name = "invalid-seek")] InvalidSeek,
    #[component(name = "text-file-busy")] TextFileBusy, #[component(name = "cross-device")] CrossDevice,
}
const FILE_ERRORS: i32 = FileError::CrossDevice as i32 + 1;

fn trap<T>() -> Result<T> {
    Err(format_err!("host"))
}

fn host(cx: &StoreContextMut<'_, Data>) -> *mut c_void {
    wasmtime_context_get_data(cx.as_context())
}

fn stream_status(status: i32, lanes: &pn_lanes, error: u32) -> Result<Option<StreamError>> {
    match status {
        OK => Ok(None),
        CLOSED => Ok(Some(StreamError::Closed)),
        FAILED => Ok(Some(StreamError::LastOperationFailed(ResourceDynamic::new_own(error, lanes.error)))),
        _ => trap(),
    }
}

fn file_status(status: i32) -> Result<Option<FileError>> {
    match status {
        OK => Ok(None),
        // The enum is repr(u8) with cases 0..FILE_ERRORS, and C sends 1 + the case.
        1..=FILE_ERRORS => Ok(Some(unsafe { std::mem::transmute::<u8, FileError>((status - 1) as u8) })),
        _ => trap(),
    }
}

fn add_stream_read(i: &mut LinkerInstance<'_, Data>, name: &str, l: pn_lanes, block: bool) -> Result<()> {
    i.func_wrap(name, move |cx: StoreContextMut<'_, Data>, (stream, len): (ResourceDynamic, u64)| {
        let mut out = pn_lane_bytes::EMPTY;
        let status = (l.stream_read)(host(&cx), stream.rep(), len, block, &mut out);
        Ok((match stream_status(status, &l, out.error)? {
            None => Ok(out.slice()),
            Some(error) => Err(error),
        },))
    })
}

fn add_stream_write(i: &mut LinkerInstance<'_, Data>, name: &str, l: pn_lanes, flush: bool) -> Result<()> {
    i.func_wrap(name, move |cx: StoreContextMut<'_, Data>, (stream, data): (ResourceDynamic, WasmList<u8>)| {
        let (host, mut error) = (host(&cx), 0);
        let bytes = data.as_le_slice(&cx);
        let status = (l.stream_write)(host, stream.rep(), bytes.as_ptr(), bytes.len(), flush, &mut error);
        Ok((stream_status(status, &l, error)?.map_or(Ok(()), Err),))
    })
}

fn add_file_read(i: &mut LinkerInstance<'_, Data>, name: &str, l: pn_lanes) -> Result<()> {
    i.func_wrap(name, move |cx: StoreContextMut<'_, Data>, (file, len, at): (ResourceDynamic, u64, u64)| {
        let (mut out, mut end) = (pn_lane_bytes::EMPTY, false);
        let status = (l.file_read)(host(&cx), file.rep(), len, at, &mut out, &mut end);
        Ok((match file_status(status)? {
            None => Ok((out.slice(), end)),
            Some(error) => Err(error),
        },))
    })
}

fn add_file_write(i: &mut LinkerInstance<'_, Data>, name: &str, l: pn_lanes) -> Result<()> {
    i.func_wrap(name, move |cx: StoreContextMut<'_, Data>, (file, data, at): (ResourceDynamic, WasmList<u8>, u64)| {
        let (host, mut written) = (host(&cx), 0u64);
        let bytes = data.as_le_slice(&cx);
        let status = (l.file_write)(host, file.rep(), bytes.as_ptr(), bytes.len(), at, &mut written);
        Ok((file_status(status)?.map_or(Ok(written), Err),))
    })
}

fn add_random(i: &mut LinkerInstance<'_, Data>, name: &str, l: pn_lanes) -> Result<()> {
    i.func_wrap(name, move |cx: StoreContextMut<'_, Data>, (len,): (u64,)| {
        let mut out = pn_lane_bytes::EMPTY;
        if (l.random)(host(&cx), len, &mut out) == OK { Ok((out.slice(),)) } else { trap() }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pn_engine_add_lane(
    instance: &mut wasmtime_component_linker_instance_t<'_>,
    name: *const u8,
    name_len: usize,
    lane: u32,
    lanes: &pn_lanes,
) -> Failure {
    const { assert!(size_of::<wasmtime_component_linker_instance_t<'_>>() == size_of::<LinkerInstance<'_, Data>>()) };
    let i = unsafe { &mut *std::ptr::from_mut(instance).cast::<LinkerInstance<'_, Data>>() };
    let name = match std::str::from_utf8(unsafe { std::slice::from_raw_parts(name, name_len) }) {
        Ok(name) => name,
        Err(_) => return outcome(Err(format_err!("lane name is not UTF-8"))),
    };
    outcome(match lane {
        0 => add_stream_read(i, name, *lanes, false),
        1 => add_stream_read(i, name, *lanes, true),
        2 => add_stream_write(i, name, *lanes, false),
        3 => add_stream_write(i, name, *lanes, true),
        4 => add_file_read(i, name, *lanes),
        5 => add_file_write(i, name, *lanes),
        6 => add_random(i, name, *lanes),
        _ => Err(format_err!("no lane {lane}")),
    })
}

// --- pre-linked components ---

pub struct pn_engine_pre_t(InstancePre<Data>);

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pn_engine_pre_new(
    linker: &wasmtime_component_linker_t,
    component: &wasmtime_component_t,
    out: &mut *mut pn_engine_pre_t,
) -> Failure {
    let linker: &Linker<Data> = unsafe { inner(linker) };
    let component: &Component = unsafe { inner(component) };
    outcome(linker.instantiate_pre(component).map(|pre| *out = Box::into_raw(Box::new(pn_engine_pre_t(pre)))))
}

#[unsafe(no_mangle)]
pub extern "C" fn pn_engine_pre_instantiate(pre: &pn_engine_pre_t, cx: WasmtimeStoreContextMut<'_>, out: &mut Instance) -> Failure {
    outcome(pre.0.instantiate(cx).map(|instance| *out = instance))
}

#[unsafe(no_mangle)]
pub extern "C" fn pn_engine_pre_delete(_pre: Option<Box<pn_engine_pre_t>>) {}

// --- one budget for all memories and tables of a store ---

#[repr(C)]
pub struct pn_engine_budget {
    memory_max: u64,
    memory_used: u64,
    table_max: u64,
    table_used: u64,
    instances_max: u64,
    memories_max: u64,
    tables_max: u64,
    breach: u32,
    wanted: u64,
}

impl pn_engine_budget {
    fn grow(used: &mut u64, max: u64, current: usize, desired: usize) -> std::result::Result<(), u64> {
        let wanted = used.saturating_sub(current as u64).saturating_add(desired as u64);
        if wanted > max {
            return Err(wanted);
        }
        *used = wanted;
        Ok(())
    }

    fn refuse(&mut self, breach: u32, wanted: u64) -> Result<bool> {
        self.breach = breach;
        self.wanted = wanted;
        Ok(false)
    }
}

impl ResourceLimiter for pn_engine_budget {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        match Self::grow(&mut self.memory_used, self.memory_max, current, desired) {
            Ok(()) => Ok(true),
            Err(wanted) => self.refuse(1, wanted),
        }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        match Self::grow(&mut self.table_used, self.table_max, current, desired) {
            Ok(()) => Ok(true),
            Err(wanted) => self.refuse(2, wanted),
        }
    }

    fn instances(&self) -> usize {
        self.instances_max as usize
    }

    fn memories(&self) -> usize {
        self.memories_max as usize
    }

    fn tables(&self) -> usize {
        self.tables_max as usize
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pn_engine_set_budget(store: &mut wasmtime_store_t, budget: *mut pn_engine_budget) {
    const { assert!(size_of::<wasmtime_store_t>() == size_of::<Store<Data>>()) };
    let store = unsafe { &mut *std::ptr::from_mut(store).cast::<Store<Data>>() };
    let at = budget as usize; // a plain number is Send; C keeps the structure alive longer than the store
    store.limiter(move |_| unsafe { &mut *(at as *mut pn_engine_budget) });
}

#[unsafe(no_mangle)]
pub extern "C" fn pn_engine_memory_minimum(component: &wasmtime_component_t) -> u64 {
    let component: &Component = unsafe { inner(component) };
    component.resources_required().and_then(|r| r.max_initial_memory_size).unwrap_or(0) * 65536 // pages
}
