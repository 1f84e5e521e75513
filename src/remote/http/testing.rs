//! A server for tests that answers as it is told, and badly when it is told so. It counts what is asked of it.
//!
//! It stands on its own: the integration tests take this file as it is.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET` and the like.
    pub method: String,
    /// The path with its query; all of the address when the server is asked as a proxy.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What was sent.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, text)| text.as_str())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Told {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    fault: Fault,
}

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    None,
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// The body never ends.
    Endless,
    /// The connection is closed before anything has come.
    Closed,
    /// Nothing ever comes.
    Silent,
    /// Nothing ever comes after so many bytes of the body.
    SilentAfter(usize),
}

impl Told {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            fault: Fault::None,
        }
    }

    /// A body.
    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        let mut told = Self::status(200);
        told.body = body.into();
        told
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, text: &str) -> Self {
        self.headers.push((name.to_owned(), text.to_owned()));
        self
    }

    /// With a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    fn send(&self, stream: &mut dyn Stream, head_only: bool) -> io::Result<()> {
        if self.fault == Fault::Silent {
            return until_closed(stream);
        }
        if self.fault == Fault::Closed {
            return Ok(());
        }
        let mut head = format!("HTTP/1.1 {} Told\r\nConnection: close\r\n", self.status);
        for (name, text) in &self.headers {
            head += &format!("{name}: {text}\r\n");
        }
        if self.fault != Fault::Endless {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        if head_only {
            return stream.flush();
        }
        match self.fault {
            Fault::None | Fault::Closed | Fault::Silent => stream.write_all(&self.body)?,
            Fault::CutAfter(size) => stream.write_all(&self.body[..size])?,
            Fault::SilentAfter(size) => {
                stream.write_all(&self.body[..size])?;
                stream.flush()?;
                return until_closed(stream);
            }
            // Until the other side has had enough of it.
            Fault::Endless => loop {
                stream.write_all(&[b'x'; 1024])?;
            },
        }
        stream.flush()
    }
}

fn until_closed(stream: &mut dyn Stream) -> io::Result<()> {
    let mut nothing = [0; 64];
    while stream.read(&mut nothing)? > 0 {}
    Ok(())
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

type Handler = dyn Fn(&Asked) -> Told + Send + Sync;

/// The server; it ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    secure: bool,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Box<Handler>,
    tls: Option<Arc<ServerConfig>>,
    asked: Mutex<Vec<Asked>>,
    ended: AtomicBool,
}

impl Server {
    /// A server of http that answers by a function.
    pub fn new(handler: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Self {
        Self::start(handler, None)
    }

    /// A server of http that gives one answer after the other, and the last one from then on.
    pub fn script(answers: impl IntoIterator<Item = Told>) -> Self {
        let mut answers: Vec<Told> = answers.into_iter().collect();
        answers.reverse();
        let answers = Mutex::new(answers);
        Self::new(move |_| {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            let next = answers.last().expect("a script has answers").clone();
            if answers.len() > 1 {
                answers.pop();
            }
            next
        })
    }

    /// A server of https.
    pub fn secure(
        tls: ServerConfig,
        handler: impl Fn(&Asked) -> Told + Send + Sync + 'static,
    ) -> Self {
        Self::start(handler, Some(Arc::new(tls)))
    }

    fn start(
        handler: impl Fn(&Asked) -> Told + Send + Sync + 'static,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let secure = tls.is_some();
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            tls,
            asked: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if theirs.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&theirs);
                if let Ok(stream) = stream {
                    // What the client breaks off is no fault of the server.
                    std::thread::spawn(move || shared.serve(stream));
                }
            }
        });
        Self {
            address,
            secure,
            shared,
            thread: Some(thread),
        }
    }

    /// Its host and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// An address at it.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.shared.asked.lock();
        asked.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it was asked.
    pub fn count(&self) -> usize {
        self.asked().len()
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        match &self.tls {
            None => self.answer(stream),
            Some(tls) => {
                let connection =
                    ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
                self.answer(StreamOwned::new(connection, stream))
            }
        }
    }

    fn answer(&self, stream: impl Stream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        let asked = read(&mut reader)?;
        let head_only = asked.method == "HEAD";
        let told = (self.handler)(&asked);
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(asked);
        drop(all);
        told.send(reader.get_mut(), head_only)
    }
}

fn read(reader: &mut BufReader<impl Stream>) -> io::Result<Asked> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        Ok::<_, io::Error>(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        let Some((name, text)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), text.trim().to_owned()));
    }
    let mut asked = Asked {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    let size = asked.header("content-length").map(str::parse);
    asked.body = vec![0; size.and_then(Result::ok).unwrap_or(0)];
    reader.read_exact(&mut asked.body)?;
    Ok(asked)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // It wakes up from waiting for a connection, and sees that it is over.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Server({})", self.address)
    }
}
