/** The plainest handler that one would write with Fastify and the driver: the peer that ours is measured against. */
import Fastify from 'fastify';
import { MongoClient, ObjectId } from 'mongodb';

const client = await new MongoClient(process.env.MONGODB_URI!).connect();
const collection = client.db(process.env.MONGODB_DATABASE).collection('records');
const app = Fastify();
app.get('/api/v1/records', () => collection.find().limit(100).toArray());
app.get<{ Params: { id: string } }>('/api/v1/records/:id', ({ params }) =>
  collection.findOne({ _id: new ObjectId(params.id) }),
);
await app.listen({ port: Number(process.env.PORT) });
