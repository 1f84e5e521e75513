//! A proxy that opens tunnels, asked by HTTP's CONNECT or by SOCKS5.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A proxy that opens tunnels to wherever it is asked to. It ends with the process of the tests.
pub struct Tunnels {
    /// `127.0.0.1:PORT`
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                // Who hangs up early asks again, or fails the test.
                thread::spawn(move || serve(stream, &kept).ok());
            }
        });
        Self { address, asked }
    }

    /// What was asked since the last time: heads of requests, or `SOCKS5 HOST:PORT`.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(mut client: TcpStream, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let first = byte(&mut client)?;
    let (said, address, answer) = if first == 5 {
        let address = socks(&mut client)?;
        (
            format!("SOCKS5 {address}"),
            address,
            &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0][..],
        )
    } else {
        let head = head(first, &mut client)?;
        let address = head.split(' ').nth(1).unwrap_or_default().to_owned();
        (head, address, &b"HTTP/1.1 200 OK\r\n\r\n"[..])
    };
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(said);
    let mut server = TcpStream::connect(address)?;
    client.write_all(answer)?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Write)
}

fn byte(client: &mut TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    client.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// The rest of a request's head.
fn head(first: u8, client: &mut TcpStream) -> io::Result<String> {
    let mut head = vec![first];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(byte(client)?);
    }
    Ok(String::from_utf8_lossy(&head).trim_end().to_owned())
}

/// Where a client of SOCKS5 wants to go (RFC 1928): an IPv4 address or a name, without a password.
fn socks(client: &mut TcpStream) -> io::Result<String> {
    let methods = byte(client)?;
    for _ in 0..methods {
        byte(client)?;
    }
    client.write_all(&[5, 0])?;
    let mut request = [0; 4];
    client.read_exact(&mut request)?;
    let length = if request[3] == 1 { 4 } else { byte(client)? };
    let mut host = vec![0; usize::from(length)];
    client.read_exact(&mut host)?;
    let host = match *host.as_slice() {
        [a, b, c, d] if request[3] == 1 => format!("{a}.{b}.{c}.{d}"),
        _ => String::from_utf8_lossy(&host).into_owned(),
    };
    let port = u16::from_be_bytes([byte(client)?, byte(client)?]);
    Ok(format!("{host}:{port}"))
}
