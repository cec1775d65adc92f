// SPDX-License-Identifier: Apache-2.0
// The guest `std-tools` in Rust: std for files and environment, generated bindings for wasi:http.
use std::{env, fs};

use exports::test::guests::{
    files,
    greet::{self, Mood, Person},
    web::{self, Page},
};
use wasi::http::{
    outgoing_handler::handle,
    types::{Fields, IncomingResponse, OutgoingRequest, Scheme},
};
use wasi::io::streams::StreamError;

wit_bindgen::generate!({ world: "std-tools", path: "../../wit", generate_all });

struct Tools;

impl greet::Guest for Tools {
    fn greet(name: String) -> String {
        format!("Hello, {name}!")
    }

    fn add(a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    fn describe(who: Person, how: Mood) -> Result<String, String> {
        if who.name.is_empty() {
            return Err("no name".into());
        }
        let age = who.age.map(|age| format!(" ({age})")).unwrap_or_default();
        let tags = if who.tags.is_empty() { String::new() } else { format!(" [{}]", who.tags.join(", ")) };
        let text = format!("{}{age}{tags}", who.name);
        Ok(match how {
            Mood::Plain => text,
            Mood::Glad => text + "!",
            Mood::Loud => text.to_ascii_uppercase(),
        })
    }

    fn spin() {
        loop {
            std::hint::black_box(());
        }
    }
}

impl files::Guest for Tools {
    fn read_file(path: String) -> Result<String, String> {
        fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn write_file(path: String, text: String) -> Result<u32, String> {
        fs::write(path, &text).map_err(|error| error.to_string())?;
        Ok(text.len() as u32)
    }

    fn list_dir(path: String) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| error.to_string())? {
            names.push(entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn get_env(name: String) -> Option<String> {
        env::var(name).ok()
    }
}

fn request(url: &str) -> Result<OutgoingRequest, String> {
    let (scheme, rest) = url.split_once("://").ok_or("not a URL")?;
    let rest = rest.split('#').next().unwrap_or(rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.into()),
    };
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&scheme)).map_err(|()| "bad scheme")?;
    request.set_authority(Some(authority)).map_err(|()| "bad authority")?;
    request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })).map_err(|()| "bad path")?;
    Ok(request)
}

fn read(response: &IncomingResponse) -> Result<Vec<u8>, String> {
    let body = response.consume().map_err(|()| "no body")?;
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(65536) {
            Ok(part) => bytes.extend(part),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(error.to_string()),
        }
    }
}

impl web::Guest for Tools {
    fn fetch(url: String) -> Result<Page, String> {
        let future = handle(request(&url)?, None).map_err(|error| error.to_string())?;
        future.subscribe().block();
        let response = future.get().ok_or("no answer")?.map_err(|()| "answer taken")?.map_err(|error| error.to_string())?;
        let body = String::from_utf8_lossy(&read(&response)?).into_owned();
        Ok(Page { status: response.status(), body })
    }
}

export!(Tools);
