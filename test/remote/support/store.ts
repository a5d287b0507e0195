import { AbortMultipartUploadCommand, CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListMultipartUploadsCommand, ListPartsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** One bucket of a store, seen by who may do everything there. */
export class Store {
  readonly client: S3Client;
  readonly #bucket: string;

  constructor(endpoint: string, bucket: string) {
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    this.client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: { accessKeyId: 'test:tester', secretAccessKey: 'testing' },
    });
    this.#bucket = bucket;
  }

  async create(): Promise<void> {
    await this.client.send(new CreateBucketCommand({ Bucket: this.#bucket }));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes }));
  }

  async get(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }

  /** The ids of uploads that are begun and not ended, of all keys. */
  async uploads(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket }));
    return Uploads.map(({ UploadId }) => UploadId!);
  }

  /** The numbers of the parts that an upload has. */
  async parts(key: string, uploadId: string): Promise<number[]> {
    const { Parts = [] } = await this.client.send(new ListPartsCommand({ Bucket: this.#bucket, Key: key, UploadId: uploadId }));
    return Parts.map(({ PartNumber }) => PartNumber!);
  }

  async endUpload(key: string, uploadId: string): Promise<void> {
    await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: key, UploadId: uploadId }));
  }
}
